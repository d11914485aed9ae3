//! `pin_logs.json`: what a server reads out of a pin log.

use pinfold_core::json::{Text, Value};
use pinfold_core::pins::log::PinLog;

use super::Verdict;
use super::support::{Problem, defined, input, judge_expect, string};

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case))
}

fn compute(case: &Value) -> Result<Value, Problem> {
    let log = PinLog::read(string(input(case)?, "log")?);
    let texts = |texts: Vec<Text>| Some(texts.into_iter().map(Value::from).collect::<Vec<_>>().into());
    let number = |number: u64| Some(Value::from(number as f64));
    Ok(defined([
        ("first", number(log.first.0)),
        ("latest", number(log.latest.0)),
        ("lines", number(log.lines as u64)),
        ("surplus", number(log.surplus as u64)),
        ("looksLikeUser", Some(log.looks_like_user().into())),
        ("errors", texts(log.problems.iter().map(|problem| problem.as_str().into()).collect())),
        ("pins", texts(log.pins.into_iter().collect())),
        ("drive", log.drive.map(Value::from)),
        ("block", log.block.map(Value::from)),
    ]))
}
