use super::*;
use crate::pins::set::tests::{additions, set};

/// A run of additions that is answered so, and then with an error: what it fails with.
fn failing(answers: &[Reply], code: Code) -> Error {
    let (run, _) = Sync::start(Goal::AtLeast(additions(set(&["a"]))), false);
    let mut run = Box::new(run);
    for answer in answers {
        let Next::Call(next, _) = run.handle(Ok(answer.clone()), 0).next else { panic!("it ended") };
        run = next;
    }
    let Next::Failed(error) = run.handle(Err(Error::new(code, "a test's")), 0).next else {
        panic!("it went on")
    };
    error
}

#[test]
fn only_what_was_sent_and_not_answered_is_unconfirmed() {
    let other = || Reply::Hash("another".to_owned());
    assert_eq!(failing(&[], Code::NetClosed).code(), Code::NetClosed);
    assert_eq!(failing(&[other()], Code::RpcRefused).code(), Code::RpcRefused);
    for (answers, code) in [(vec![other()], Code::NetTimeout), (vec![other(), Reply::Done], Code::RpcRefused)]
    {
        let error = failing(&answers, code);
        assert_eq!(error.code(), Code::PinsUnconfirmed);
        assert!(error.detail().iter().any(|(key, value)| *key == "replacing" && value == "false"));
    }
}

#[test]
fn a_run_tells_the_hash_that_it_works_towards() {
    let goal = additions(set(&["a"]));
    let (run, _) = Sync::start(Goal::AtLeast(goal.clone()), false);
    assert_eq!(run.ours(), goal.forms().plain());
}

/// What a server that ends no session holds in memory may not be on its disk: nothing on the way says that it is.
#[test]
fn nothing_is_called_on_disk_that_no_new_session_read() {
    let goal = additions(set(&["a"]));
    let (run, _) = Sync::start(Goal::AtLeast(goal.clone()), false);
    let plain = || Ok(Reply::Hash(goal.forms().plain().to_owned()));
    let refused = || Err(Error::new(Code::RpcRefused, "a test's"));
    let (mut run, mut watched) = (Box::new(run), Vec::new());
    for answer in [Ok(Reply::Hash("another".to_owned())), Ok(Reply::Done), plain(), refused()] {
        let turn = run.handle(answer, 0);
        watched.extend(turn.watched);
        match turn.next {
            Next::Call(next, _) => run = next,
            Next::Done(receipt) => {
                assert!(receipt.confirmed() && !receipt.read_back);
                let steps: Vec<_> = watched.iter().map(Watch::step).collect();
                assert_eq!(
                    steps,
                    [PinStep::Compare, PinStep::Pin, PinStep::Agrees, PinStep::Agrees],
                    "{watched:?}"
                );
                return;
            }
            Next::Failed(error) => panic!("{error}"),
        }
    }
    panic!("it went on");
}
