//! What keeps everything safe, taken away one at a time: a drill that still passes without one of them would prove nothing.
//!
//! Nothing in the product can be switched off. What stands in its place here is what somebody does who has no such safeguard: the
//! client of 2019, a restore that overwrites, an operator who asks nobody.

use crate::figures::Playing;

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
}

impl Safeguard {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::SettleGate, Self::NeverOverwrite, Self::Verdict, Self::TagInOneStep, Self::Hold];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SettleGate => "settle-gate",
            Self::NeverOverwrite => "never-overwrite",
            Self::Verdict => "placeholder-verdict",
            Self::TagInOneStep => "tag-in-one-step",
            Self::Hold => "hold",
        }
    }

    /// The safeguard of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// The playing that fails without it.
    pub const fn playing(self) -> Playing {
        match self {
            Self::SettleGate => Playing::FromTheFirstDay,
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
        }
    }
}
