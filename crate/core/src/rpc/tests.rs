use super::*;
use crate::ports::UnixMillis;
use crate::secret::Secret;

struct Counting(u8);

impl Entropy for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        self.0 += 1;
        out.fill(self.0);
        Ok(())
    }
}

const WITHIN: Duration = Duration::from_millis(30);
/// When a call of the first moment is late, and one that begins then.
const LATE: UnixMillis = UnixMillis(30);
const LATER: UnixMillis = UnixMillis(60);

/// Two calls of which the first has asked for a cookie, and was withdrawn since.
fn withdrawn() -> (Rpc, CallId, Outgoing) {
    let key = SigningKey::from_seed(&Secret::derive_with(|seed| seed.fill(7)));
    let public = EdPublic::parse(&key.verifying_key().to_base64()).unwrap();
    let mut rpc = Rpc::new(key, public, WITHIN);
    let first = rpc.submit(Command::GetHash);
    let other = rpc.submit(Command::GetLimit);
    let cookie = rpc.poll(UnixMillis(0), &mut Counting(0)).unwrap().unwrap();
    assert!(cookie.text.contains("COOKIE") && rpc.withdraw(first) && !rpc.withdraw(first));
    (rpc, other, cookie)
}

#[test]
fn a_cookie_that_was_asked_for_somebody_who_left_fails_nobody_else() {
    let cookie = |text: &str| vec![Value::from(text)];
    let refused = vec![Value::from("ERROR"), Value::from("E_NO")];
    for answer in [None, Some(refused), Some(cookie("1|")), Some(cookie("1|a|b"))] {
        let (mut rpc, other, asked) = withdrawn();
        assert!(rpc.expects(&asked.txid));
        let settled = match &answer {
            None => rpc.tick(LATE),
            Some(body) => rpc.answered(body),
        };
        assert!(settled.is_none(), "{answer:?}");
        // The other has its own time, and a cookie of its own where there is none.
        let mut next = rpc.poll(LATE, &mut Counting(1)).unwrap().unwrap();
        assert_eq!(rpc.deadline(), Some(LATER));
        if next.text.contains("COOKIE") {
            assert!(rpc.answered(&cookie("1|c|d")).is_none());
            next = rpc.poll(LATE, &mut Counting(2)).unwrap().unwrap();
        }
        assert!(next.text.contains("GET_LIMIT"));
        let settled =
            rpc.answered(&[Value::from("1|e|f"), Value::from(9.0), Value::Null, Value::Null]).unwrap();
        assert!(settled.call == other && settled.result.is_ok());
    }
}

#[test]
fn a_cookie_that_does_not_come_fails_the_call_that_needs_it() {
    let (mut rpc, other, _) = withdrawn();
    assert!(rpc.tick(LATE).is_none());
    rpc.poll(LATE, &mut Counting(1)).unwrap().unwrap();
    assert!(rpc.tick(UnixMillis(59)).is_none());
    let settled = rpc.tick(LATER).unwrap();
    assert!(settled.call == other);
    assert_eq!(settled.result.unwrap_err().code(), Code::NetTimeout);
    assert!(rpc.deadline().is_none());
}
