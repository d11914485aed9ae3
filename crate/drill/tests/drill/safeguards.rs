//! A drill that passes without a safeguard would prove nothing of it. `npm test` takes three of them away, `PINFOLD_LONG=1` each.

use super::TOWN;
use pinfold_drill::play_without;
use pinfold_drill::safeguard::Safeguard;

const SHORT: [Safeguard; 3] = [Safeguard::NeverOverwrite, Safeguard::Vault, Safeguard::Consent];

#[tokio::test(flavor = "multi_thread")]
async fn without_a_safeguard_it_fails() {
    let all = std::env::var_os("PINFOLD_LONG").is_some();
    for without in Safeguard::ALL.into_iter().filter(|it| all || SHORT.contains(it)) {
        let played =
            play_without(Some(without), without.story(), TOWN.clone(), without.playing(), |_| ()).await;
        assert!(played.map_or(true, |played| !played.faults.is_empty()), "without {}", without.name());
    }
}
