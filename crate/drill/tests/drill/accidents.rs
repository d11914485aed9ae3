//! The finder of accidents over generated lists. The long form is 30,000,000 changes: `npm run drill -- --accidents 30000000`.

use pinfold_drill::accidents::look;

#[test]
fn every_planted_accident_is_found_and_nothing_besides() {
    for seed in [1, 2] {
        let looked = look(seed, 100_000).unwrap();
        assert!(looked.is_right(), "{}\nnpm run drill -- --seed {seed} --accidents 100000", looked.words());
        assert!(looked.planted > 20 && looked.changes >= 100_000, "{}", looked.words());
    }
}
