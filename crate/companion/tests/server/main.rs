//! The server from outside: real sockets, real directories.

mod account;
mod auth;
mod channels;
mod disk;
mod faults;
mod hostile;
mod page;
mod pins;
mod support;
mod transcripts;
mod upstream;
