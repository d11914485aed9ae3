//! Two devices, two tabs: what either knew stays known (I7).

use super::made_up::{ledger, owner};
use pinfold_core::guard::form;
use pinfold_core::guard::ledger::{Ledger, State};
use pinfold_core::json::{Value, parse, stringify};
use proptest::prelude::*;

proptest! {
    #[test]
    fn it_does_not_matter_who_hears_of_whom_first_or_how_often(a in ledger(), b in ledger(), c in ledger()) {
        let ab = a.clone().merge(b.clone());
        prop_assert_eq!(&ab, &b.clone().merge(a.clone()));
        prop_assert_eq!(ab.clone().merge(c.clone()), a.clone().merge(b.clone().merge(c)));
        prop_assert_eq!(a.clone().merge(a.clone()), a.clone());
        prop_assert_eq!(ab.clone().merge(a.clone()), ab.clone());
        prop_assert_eq!(ab.clone().merge(Ledger::default()), ab);
    }

    /// An id is forgotten by no merge, and one that both hold stays held.
    #[test]
    fn the_union_stays(a in ledger(), b in ledger(), owner in owner()) {
        let both = a.clone().merge(b.clone()).book(&owner).clone();
        let (a, b) = (a.book(&owner), b.book(&owner));
        for (id, record) in a.records().chain(b.records()) {
            let merged = both.record(id).unwrap();
            prop_assert!(merged >= record);
            let held = |book: &pinfold_core::guard::ledger::Book| {
                book.record(id).is_none_or(|record| record.state == State::Held)
            };
            prop_assert!(!(held(a) && held(b)) || merged.state == State::Held);
        }
    }

    #[test]
    fn the_whole_form_reads_back(ledger in ledger()) {
        let text = stringify(&form::full(&ledger));
        prop_assert_eq!(form::read(&parse(&text).unwrap()).unwrap(), ledger);
    }

    #[test]
    fn whatever_else_is_stored_is_unreadable_and_not_empty(ledger in ledger(), at: proptest::sample::Index) {
        let text = stringify(&form::full(&ledger));
        for broken in [Value::Null, parse("{}").unwrap(), parse("{\"v\":2,\"books\":{}}").unwrap()] {
            prop_assert!(form::read(&broken).is_err());
        }
        // One character of the text becomes another: it is read as a ledger or refused, never a panic.
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = b'7';
        if let Ok(value) = parse(&String::from_utf8_lossy(&bytes)) {
            let _ = form::read(&value);
        }
    }
}
