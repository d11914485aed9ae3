//! Which warnings the person switched off: kept beside the ledger, as a file that anybody may read and delete.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use pinfold_core::error::{Code, Error};
use pinfold_recovery::Action;
use pinfold_recovery::delete::Warnings;

/// The file below `--state`: one action a line. Without it every warning is on.
const FILE: &str = "delete-warnings-off";

/// What is kept, with what is switched now.
///
/// # Errors
/// `misuse/bad-argument` for destroying, whose warning stays on; `host/storage`.
pub(super) fn kept(state: Option<&Path>, off: Option<Action>, on: Option<Action>) -> Result<Warnings, Error> {
    let mut warnings = Warnings::default();
    let Some(state) = state else { return Ok(warnings) };
    let failed = |error| Error::new(Code::HostStorage, "the settings cannot be kept").with("reason", error);
    let path = state.join(FILE);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        text => text.map_err(failed)?,
    };
    // What is no action switches nothing off: a warning too many costs little.
    for action in text.lines().filter_map(|line| line.trim().parse().ok()) {
        warnings.switch_off(action);
    }
    let switched = off.or(on);
    if off.is_some_and(|action| !warnings.switch_off(action)) {
        return Err(Error::new(Code::MisuseBadArgument, "the warning before destroying stays on"));
    }
    if let Some(action) = on {
        warnings.switch_on(action);
    }
    if switched.is_some() {
        let lines = Action::ALL.into_iter().filter(|action| warnings.is_off(*action));
        let text: String = lines.map(|action| format!("{action}\n")).collect();
        fs::create_dir_all(state).and_then(|()| fs::write(&path, text)).map_err(failed)?;
    }
    Ok(warnings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_off_until_it_is_switched_on_again() {
        let home = tempfile::tempdir().unwrap();
        let state = Some(home.path());
        assert!(!kept(state, None, None).unwrap().is_off(Action::Trash));
        assert!(kept(state, Some(Action::Trash), None).unwrap().is_off(Action::Trash));
        assert!(kept(state, None, None).unwrap().is_off(Action::Trash));
        assert!(!kept(state, None, None).unwrap().is_off(Action::Remove), "one kind of action");
        assert!(!kept(state, None, Some(Action::Trash)).unwrap().is_off(Action::Trash));
        assert!(!kept(state, None, None).unwrap().is_off(Action::Trash));
        let never = kept(state, Some(Action::Destroy), None).unwrap_err();
        assert_eq!(never.code(), Code::MisuseBadArgument);
        // Whatever stands in the file, destroying is asked about.
        fs::write(home.path().join(FILE), "destroy\nremove\nwhatever\n").unwrap();
        let warnings = kept(state, None, None).unwrap();
        assert!(warnings.is_off(Action::Remove) && !warnings.is_off(Action::Destroy));
    }
}
