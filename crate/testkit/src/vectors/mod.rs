//! Recorded vectors: what the real client and server made of given inputs.
//!
//! A file is `{about, generator, cases: [{name, note?, input, expect, ...}]}`. A checker computes from the
//! input of a case everything that stands beside it, and the two must be equal in every field
//! ([`support::judge`]). A field that a checker does not know fails its case; a file or operation that it
//! does not know is reported as not supported.

mod blobs;
mod chainpad_logs;
mod chainpad_parts;
mod chat_crypto;
mod checkpoint_prefix;
mod end_to_end;
mod hash_helpers;
mod hrefs;
mod http_challenge;
mod login;
mod login_block;
mod mailbox_crypto;
mod mailbox_sequences;
mod pin_hash;
mod pin_logs;
mod pin_sets;
mod pin_sets_team;
mod pin_sets_user;
mod report;
mod roster_logs;
mod rpc;
mod secrets;
pub mod support;
mod sym_decrypt;
mod sym_encrypt;
mod sym_string_key;
mod team_crypto;
mod transcripts;

pub use report::{Remark, Report, run_text};

use pinfold_core::json::Value;

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every expected field was computed, and nothing else.
    Passed,
    /// Something differs; says what.
    Failed(String),
    /// This program does not do what the case is about; says why.
    NotSupported(&'static str),
}

/// Judges one case.
pub type Check = fn(&Value) -> Verdict;

/// The checker for a file, by its name without `.json`.
pub fn checker(stem: &str) -> Option<Check> {
    Some(match stem {
        "blobs" => blobs::check,
        "chainpad_logs" => chainpad_logs::check,
        "chainpad_parts" => chainpad_parts::check,
        "chat_crypto" => chat_crypto::check,
        "checkpoint_prefix" => checkpoint_prefix::check,
        "end_to_end" => end_to_end::check,
        "hash_helpers" => hash_helpers::check,
        "hrefs" => hrefs::check,
        "http_challenge" => http_challenge::check,
        "login" => login::check,
        "login_block" => login_block::check,
        "mailbox_crypto" => mailbox_crypto::check,
        "mailbox_sequences" => mailbox_sequences::check,
        "pin_hash" => pin_hash::check,
        "pin_logs" => pin_logs::check,
        "pin_sets_team" => pin_sets_team::check,
        "pin_sets_user" => pin_sets_user::check,
        "roster_logs" => roster_logs::check,
        "rpc" => rpc::check,
        "secrets" => secrets::check,
        "sym_decrypt" => sym_decrypt::check,
        "sym_encrypt" => sym_encrypt::check,
        "sym_string_key" => sym_string_key::check,
        "team_crypto" => team_crypto::check,
        "transcripts" => transcripts::check,
        _ => return None,
    })
}
