//! What a client frame is about, before anybody answers it.

use pinfold_core::json::Value;

/// The command and, where it names one, the channel: as the [`Answer`](super::Answer) will say.
pub fn about(frame: &str) -> String {
    let Ok(frame) = Value::parse(frame) else { return String::new() };
    let part = |at: usize| frame.at(at).and_then(Value::as_str).unwrap_or_default();
    match part(1) {
        "JOIN" => format!("JOIN {}", part(2)),
        "MSG" => asked(part(3)),
        other => other.to_owned(),
    }
}

fn asked(text: &str) -> String {
    let Ok(request) = Value::parse(text) else { return String::new() };
    let word = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(history @ ("GET_HISTORY" | "GET_HISTORY_RANGE")) = request.at(0).and_then(Value::as_str) {
        return format!("{history} {}", word(request.at(1)));
    }
    match request.at(1).and_then(Value::as_array) {
        Some([command, argument]) => format!("{} {}", word(Some(command)), word(Some(argument))),
        Some([_, _, _, command, _]) => word(Some(command)),
        _ => String::new(),
    }
}
