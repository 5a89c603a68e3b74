//! Disk images on this machine: which format a file has, what of it holds data, and how a fixed VHD is made of another.
//! Knows no Azure, no spec and no plan; reads files, and writes none.
//!
//! Azure makes image versions of fixed VHDs alone: the bytes of the disk, and behind them a footer of 512 bytes.

pub mod data;
pub mod file;
pub mod footer;
pub mod mend;
