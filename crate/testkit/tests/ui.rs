//! What must not compile. Each program in `ui/` tries to get round the proof that a pin set is complete, or that a channel
//! is a new one.
//!
//! The compiler's words are compared as well; after a change of toolchain look at them and run
//! `TRYBUILD=overwrite cargo test -p pinfold-testkit --test ui`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

#[test]
fn what_must_not_be_written_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
