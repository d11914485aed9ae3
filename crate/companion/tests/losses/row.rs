//! What one scenario came to.

use crate::scenarios::Scenario;
use pinfold_core::error::Code;

/// One row of the table.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Whether logs of channels were kept from an earlier session.
    pub(crate) kept: bool,
    pub(crate) what: &'static str,
    /// Commands that changed the server's list, as it logged them.
    pub(crate) sent: Vec<(String, usize)>,
    /// Ids that are needed, were in the list, and no longer are.
    pub(crate) lost: usize,
    /// What did not go on beside the trouble.
    pub(crate) blocked: Vec<String>,
    /// The code and sentence for each trouble, in the order in which they came up.
    pub(crate) told: Vec<(Code, String)>,
}

impl Row {
    /// What is wrong with it, if anything.
    pub(crate) fn check(&self, scenario: &Scenario) -> Result<(), String> {
        if self.lost > 0 {
            return Err(format!("{} pins were lost; sent: {}", self.lost, self.sent()));
        }
        if !self.blocked.is_empty() {
            return Err(format!("held up: {}", self.blocked.join(", ")));
        }
        let codes: Vec<Code> = self.told.iter().map(|(code, _)| *code).collect();
        if codes != scenario.told() {
            return Err(format!("told {codes:?}, not {:?}", scenario.told()));
        }
        Ok(())
    }

    fn sent(&self) -> String {
        let sent: Vec<String> = self.sent.iter().map(|(command, ids)| format!("{command} {ids}")).collect();
        if sent.is_empty() { "nothing".to_owned() } else { sent.join(", ") }
    }

    fn told(&self) -> String {
        let told: Vec<String> =
            self.told.iter().map(|(code, sentence)| format!("{}: {sentence}", code.as_str())).collect();
        if told.is_empty() { "-".to_owned() } else { told.join(" / ") }
    }
}

/// Prints the table.
pub(crate) fn print<'a>(rows: impl Iterator<Item = &'a Row>) {
    println!(
        "{:<5} {:<5} {:<62} {:<18} {:<5} {:<8} told",
        "", "logs", "what happens", "sent", "lost", "held up"
    );
    for row in rows {
        let blocked = if row.blocked.is_empty() { "nothing".to_owned() } else { row.blocked.join(", ") };
        println!(
            "{:<5} {:<5} {:<62} {:<18} {:<5} {blocked:<8} {}",
            row.name,
            if row.kept { "kept" } else { "none" },
            row.what,
            row.sent(),
            row.lost,
            row.told()
        );
    }
}
