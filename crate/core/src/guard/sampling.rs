//! Asking after a few pins: a server that dropped what it was told to keep is found out sooner or later.
//!
//! Only sizes are asked for, anonymously (`GET_FILE_SIZE`, PROTOCOL.md 11.1). History never is: asking for
//! the history of a channel that is not there could create it.

use crate::error::Error;
use crate::ids::PinId;
use crate::ports::Entropy;

/// How many are asked for in a session.
pub const SAMPLES: usize = 4;

/// Chooses up to `count` ids, each at most once, every one as likely as any other. The server cannot know
/// which before it is asked.
///
/// # Errors
/// `host/no-entropy`.
pub fn choose(ids: &[PinId], count: usize, entropy: &mut dyn Entropy) -> Result<Vec<PinId>, Error> {
    let mut left: Vec<&PinId> = ids.iter().collect();
    let mut chosen = Vec::new();
    while chosen.len() < count && !left.is_empty() {
        let at = below(left.len(), entropy)?;
        chosen.push(left.swap_remove(at).clone());
    }
    Ok(chosen)
}

fn below(bound: usize, entropy: &mut dyn Entropy) -> Result<usize, Error> {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes)?;
    // For a million pins the bias is 2^-44: too small to matter.
    let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
    Ok(usize::try_from(u64::from_le_bytes(bytes) % bound).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counter(u64);

    impl Entropy for Counter {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
            for chunk in out.chunks_mut(8) {
                self.0 =
                    self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                chunk.copy_from_slice(&(self.0 >> 16).to_le_bytes()[..chunk.len()]);
            }
            Ok(())
        }
    }

    #[test]
    fn each_is_chosen_at_most_once_and_all_sooner_or_later() {
        let ids: Vec<PinId> = (0..10).filter_map(|n| PinId::parse(&n.to_string())).collect();
        let mut entropy = Counter(1);
        let mut ever = std::collections::BTreeSet::new();
        for _ in 0..100 {
            let chosen = choose(&ids, SAMPLES, &mut entropy).unwrap();
            let distinct: std::collections::BTreeSet<_> = chosen.iter().cloned().collect();
            assert_eq!((chosen.len(), distinct.len()), (SAMPLES, SAMPLES));
            ever.extend(distinct);
        }
        assert_eq!(ever.len(), ids.len());
        assert_eq!(choose(&ids, 20, &mut entropy).unwrap().len(), 10);
        assert!(choose(&[], 4, &mut entropy).unwrap().is_empty());
    }
}
