//! ChainPad against itself: editors that write at once, hostile writers, and a second implementation
//! that takes PROTOCOL.md section 12.3 word by word.

mod bounded;
mod editors;
mod edits;
mod hostile;
mod kept;
mod long;
mod plain;
mod published;
