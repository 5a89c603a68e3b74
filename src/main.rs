//! The binary: calls the library and returns its exit code. Nothing is decided here.

fn main() -> std::process::ExitCode {
    poolwright::cli::run().into()
}
