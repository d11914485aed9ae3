//! What keeps everything safe, taken away one at a time: a drill that still passes without one of them would prove nothing.
//!
//! Nothing in the product can be switched off. What stands in its place here is what somebody does who has no such safeguard: the
//! client of 2019, a restore that overwrites, an operator who asks nobody; of damage, a disk that shows none, because every look of the operator's
//! tool begins with the disk.

use crate::figures::{Playing, Story};

/// One safeguard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safeguard {
    /// A client sends its list when every folder is settled, and not before.
    SettleGate,
    /// What moves back moves over nothing.
    NeverOverwrite,
    /// The holder of the key looks at both copies of a conflict before anything is moved.
    Verdict,
    /// What is put back has its tag in the same message.
    TagInOneStep,
    /// A hold stops every removal, that of CryptPad's own script as well.
    Hold,
    /// An account whose list of pins is damaged keeps everything that it ever named.
    Doubt,
    /// What leaves a drive leaves its key in the vault.
    Vault,
    /// Whoever deletes more than one document is told how many, and has to agree.
    Consent,
}

impl Safeguard {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::SettleGate,
        Self::Doubt,
        Self::NeverOverwrite,
        Self::Verdict,
        Self::Vault,
        Self::Consent,
        Self::TagInOneStep,
        Self::Hold,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SettleGate => "settle-gate",
            Self::NeverOverwrite => "never-overwrite",
            Self::Verdict => "placeholder-verdict",
            Self::TagInOneStep => "tag-in-one-step",
            Self::Hold => "hold",
            Self::Doubt => "doubt",
            Self::Vault => "vault",
            Self::Consent => "consent",
        }
    }

    /// The safeguard of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// The story that needs it.
    pub const fn story(self) -> Story {
        match self {
            Self::Vault | Self::Consent => Story::November2012,
            _ => Story::June2019,
        }
    }

    /// The playing that fails without it.
    pub const fn playing(self) -> Playing {
        match self {
            Self::SettleGate | Self::Doubt | Self::Vault | Self::Consent => Playing::FromTheFirstDay,
            Self::NeverOverwrite | Self::Verdict | Self::TagInOneStep | Self::Hold => Playing::Repaired,
        }
    }

    /// What stands in its place.
    pub const fn instead(self) -> &'static str {
        match self {
            Self::SettleGate => "the client of 2019",
            Self::NeverOverwrite => "archived copies are moved over live ones",
            Self::Verdict => "every archived copy returns, and nobody looks",
            Self::TagInOneStep => "first the entry, then its tag",
            Self::Hold => "the archive is emptied in the night",
            Self::Doubt => "a damaged list is read as CryptPad's own scripts read it",
            Self::Vault => "clients keep no key of what leaves",
            Self::Consent => "a row goes without a question",
        }
    }
}
