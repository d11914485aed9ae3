//! What must not compile. Each program in `ui/` tries to get round the proof that a pin set is complete.
//!
//! The compiler's words are compared as well; after a change of toolchain look at them and run
//! `TRYBUILD=overwrite cargo test -p pinfold-testkit --test ui`.

#[test]
fn an_incomplete_pin_set_cannot_be_sent() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
