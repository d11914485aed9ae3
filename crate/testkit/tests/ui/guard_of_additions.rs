//! The guard puts things beside a complete set; it does not make one of additions.
use pinfold_core::guard::guarded::GuardedPinSet;
use pinfold_core::guard::ledger::Book;
use pinfold_core::guard::plan::Moment;
use pinfold_core::json::Text;
use pinfold_core::pins::set::Additions;

fn seal(additions: &Additions, book: &Book, moment: &Moment<'_>, by: &Text) {
    let _ = GuardedPinSet::seal(additions, book, moment, None, by);
}

fn main() {}
