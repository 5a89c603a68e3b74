//! Which parts of a disk hold data, as chunks that fit into one request each. Pure: works on bytes that are given.

use std::ops::Range;

use crate::model::digest::digest_of;
use crate::model::upload::Chunk;

/// The most that one request puts into a page blob.
pub const WINDOW: usize = 4 * 1024 * 1024;
/// What is looked at together: a request for each hole of a page would cost more than the zeros in it.
const BLOCK: usize = 64 * 1024;

static ZEROS: [u8; BLOCK] = [0; BLOCK];

/// The chunks of a window of the disk that begins at `start`: blocks that hold something, neighbours together.
pub fn chunks(start: u64, window: &[u8]) -> Vec<Chunk> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (number, block) in window.chunks(BLOCK).enumerate() {
        let at = number * BLOCK;
        if block == &ZEROS[..block.len()] {
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.end == at => run.end += block.len(),
            _ => runs.push(at..at + block.len()),
        }
    }
    let chunk = |run: Range<usize>| Chunk {
        start: start + run.start as u64,
        length: run.len() as u64,
        digest: digest_of(&window[run]),
    };
    runs.into_iter().map(chunk).collect()
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, WINDOW, chunks};

    #[test]
    fn neighbours_are_one_chunk_and_zeros_none() {
        let mut window = vec![0; WINDOW - 5];
        assert!(chunks(0, &window).is_empty());
        for at in [0, BLOCK, 5 * BLOCK + 7, WINDOW - 6] {
            window[at] = 1;
        }
        let found: Vec<(u64, u64)> =
            chunks(1 << 40, &window).iter().map(|chunk| (chunk.start - (1 << 40), chunk.length)).collect();
        let block = BLOCK as u64;
        assert_eq!(found, [(0, 2 * block), (5 * block, block), (63 * block, block - 5)]);
    }
}
