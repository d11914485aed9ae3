//! The machine itself: its next question, and the meaning of each input at that point. See the head of [`channel`](super).

use super::state::{Answers, Manner, Run, State};
use super::{Ask, At, Existence, Input, Log, Next, Progress, Trouble, TxPair};

/// Reads one channel into a [`Log`].
#[derive(Debug)]
pub struct Machine {
    manner: Manner,
    /// Whether the history is asked for as a range: all of it, and not as much as the server sees fit.
    by_range: bool,
    /// The metadata of a channel that is to be created, until that is asked for.
    creates: Option<String>,
    state: State,
}

impl Machine {
    /// A machine and its first questions.
    pub fn open(manner: Manner, txids: &TxPair) -> (Self, Vec<Ask>) {
        let (state, asks) = State::opening(manner, Run::new(txids, false));
        (Self { manner, by_range: false, creates: None, state }, asks)
    }

    /// Creates the channel with this metadata, a JSON object. To be called before anything is heard.
    pub fn create(&mut self, metadata: String) {
        self.creates = Some(metadata);
    }

    /// Asks for all that is stored. To be called before anything is heard.
    pub fn ask_by_range(&mut self) {
        self.by_range = true;
    }

    /// Waits with its request for history until [`Self::recalled`]. To be called before anything is heard.
    pub fn wait_for_store(&mut self) {
        if let State::ExpectAnswers(_, answers) = &mut self.state {
            answers.recalled = false;
        }
    }

    /// Whether it waits for [`Self::recalled`].
    pub fn waits_for_store(&self) -> bool {
        let waits = |answers: &Answers| !answers.recalled;
        matches!(&self.state, State::ExpectAnswers(_, a) | State::ExpectAdmission(_, a) if waits(a))
    }

    /// The log has taken in what this machine kept of it.
    pub fn recalled(&mut self, log: &mut dyn Log) -> Option<Ask> {
        self.go(|machine, state| match state {
            State::ExpectAnswers(run, answers) => {
                machine.answered(run, Answers { recalled: true, ..answers }, log)
            }
            State::ExpectAdmission(run, answers) => {
                (State::ExpectAdmission(run, Answers { recalled: true, ..answers }), None)
            }
            state => (state, None),
        })
    }

    /// How a channel is entered.
    pub const fn manner(&self) -> Manner {
        self.manner
    }

    /// Where it is.
    pub fn at(&self) -> At {
        self.state.at()
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        match self.at() {
            At::Opening => Progress::Opening,
            At::Reading => Progress::Loading,
            At::Live => Progress::Following,
            At::Suspended => Progress::Suspended,
            At::Ended => Progress::Unavailable,
        }
    }

    /// Why it ended.
    pub const fn trouble(&self) -> Option<&Trouble> {
        match &self.state {
            State::Ended(trouble) => Some(trouble),
            _ => None,
        }
    }

    /// Whether an answer under this number belongs to what is asked now.
    pub fn expects(&self, txid: u64) -> bool {
        self.at() == At::Reading && self.state.run().is_some_and(|run| run.txid == txid)
    }

    /// Whether an input is an answer, or part of one: then there is time again for the rest. What other clients write, or
    /// have the server say, is no answer.
    pub fn is_answer(&self, input: &Input<'_>) -> bool {
        match input {
            Input::Live { .. } | Input::Metadata { .. } => false,
            Input::History { txid, .. }
            | Input::End { txid }
            | Input::Range { txid, .. }
            | Input::RangeEnd { txid, .. } => self.expects(*txid),
            _ => true,
        }
    }

    /// Ends it.
    pub fn stop(&mut self, trouble: Trouble) {
        if !matches!(self.state, State::Ended(_)) {
            self.state = State::Ended(trouble);
        }
    }

    /// There is a connection again: what was suspended begins to read on.
    pub fn resume(&mut self, txids: &TxPair) -> Vec<Ask> {
        if !matches!(self.state, State::Suspended) {
            return Vec::new();
        }
        let (state, asks) = State::opening(self.manner, Run::new(txids, true));
        self.state = state;
        asks
    }

    /// Reads all of a log again that is followed.
    pub fn read_again(&mut self, txids: &TxPair, log: &mut dyn Log) -> Option<Ask> {
        self.go(|machine, state| match state {
            State::Live { .. } => machine.begin_anew(Run::new(txids, false), log),
            state => (state, None),
        })
    }

    /// The connection is gone. Whether it can go on when there is another.
    pub fn suspend(&mut self, log: &mut dyn Log) -> bool {
        let whole = match &self.state {
            State::Live { .. } | State::Suspended => true,
            State::Ended(_) => return false,
            state => state.run().is_some_and(|run| run.continues),
        };
        let goes_on = log.lost(whole && self.manner != Manner::Outside);
        self.state = if goes_on { State::Suspended } else { State::Ended(Trouble::Late) };
        goes_on
    }

    /// Takes one input in; what it makes necessary comes back.
    pub fn handle(&mut self, input: Input<'_>, log: &mut dyn Log) -> Option<Ask> {
        match input {
            Input::Lost => {
                self.suspend(log);
                None
            }
            // What was asked for as a range is a history all the same.
            Input::Range { txid, line } => self.handle(Input::History { txid, line }, log),
            Input::RangeEnd { txid, readable: true } => self.handle(Input::End { txid }, log),
            Input::RangeEnd { txid, readable: false } => {
                if self.expects(txid) {
                    self.stop(Trouble::Log("the server cannot read its log"));
                }
                None
            }
            _ => self.go(|machine, state| machine.step(state, input, log)),
        }
    }

    fn go(&mut self, step: impl FnOnce(&mut Self, State) -> (State, Option<Ask>)) -> Option<Ask> {
        let state = std::mem::replace(&mut self.state, State::Suspended);
        let (state, ask) = step(self, state);
        self.state = state;
        ask
    }

    fn step(&mut self, state: State, input: Input<'_>, log: &mut dyn Log) -> (State, Option<Ask>) {
        use State::{
            ExpectAdmission, ExpectAnchor, ExpectAnswers, ExpectCreated, ExpectHistory, ExpectJoined, Live,
        };
        match (state, input) {
            (state @ (State::Ended(_) | State::Suspended), _) => (state, None),
            (ExpectJoined(run), Input::Joined) => {
                let answers = Answers { joined: true, existence: None, recalled: true };
                (ExpectAnswers(run, answers), Some(Ask::Existence))
            }
            (ExpectAnswers(run, answers), Input::Joined) => {
                self.answered(run, Answers { joined: true, ..answers }, log)
            }
            (ExpectAnswers(run, answers), Input::Existence(existence)) => {
                self.answered(run, Answers { existence: Some(existence.clone()), ..answers }, log)
            }
            (ExpectAdmission(run, answers), Input::Existence(existence)) => {
                (ExpectAdmission(run, Answers { existence: Some(existence.clone()), ..answers }), None)
            }
            (ExpectAdmission(run, answers), Input::Admitted) if self.manner == Manner::Outside => {
                self.answered(run, answers, log)
            }
            (ExpectAdmission(run, answers), Input::Admitted) => {
                (ExpectAnswers(run, Answers { joined: false, ..answers }), Some(Ask::Join))
            }
            (ExpectAdmission(_, answers), Input::Denied) => match answers.existence {
                // A placeholder says more than the allow list of what was there before.
                Some(Existence::New { reason: Some(reason) }) => {
                    (State::Ended(Trouble::Absent { reason: Some(reason) }), None)
                }
                _ => (State::Ended(Trouble::Restricted), None),
            },
            (state, Input::Restricted { keys }) => self.restricted(state, keys, log),
            (state, Input::Refused { code }) => match state.at() {
                At::Live if self.manner != Manner::InTurn => (state, None),
                _ if matches!(state, ExpectAdmission(..)) => (state, None),
                _ => (State::Ended(Trouble::Refused { code: code.to_owned() }), None),
            },
            (state, Input::ChannelError { txid, code, reason }) => {
                self.notice(state, txid, (code, reason), log)
            }
            (state @ (ExpectAnchor(..) | ExpectHistory(_) | ExpectCreated(_)), Input::Live { line }) => {
                log.early(line);
                (state, None)
            }
            (state @ ExpectAnswers(..), Input::Live { line }) if self.manner == Manner::InTurn => {
                log.early(line);
                (state, None)
            }
            (Live { spare }, Input::Live { line }) => {
                let next = log.live(line);
                let again = matches!(next, Next::BeginAnew);
                let run = Run { txid: 0, spare, continues: false, asked_in: false };
                let after = self.next(next, run, log, |run| Live { spare: run.spare });
                if again {
                    log.early(line);
                }
                after
            }
            (
                state @ (ExpectAnchor(..) | ExpectHistory(_) | ExpectCreated(_)),
                Input::Metadata { validate_key, created },
            ) => match log.metadata(validate_key, created) {
                Ok(()) => (state, None),
                Err(trouble) => (State::Ended(trouble), None),
            },
            (ExpectAnchor(run, anchor), Input::History { txid, line }) if txid == run.txid => {
                let next = log.meets(&anchor, line);
                self.next(next, run, log, ExpectHistory)
            }
            (ExpectHistory(run), Input::History { txid, line }) if txid == run.txid => {
                let next = log.take(line);
                self.next(next, run, log, ExpectHistory)
            }
            (ExpectCreated(run), Input::History { txid, line }) if txid == run.txid => {
                let next = log.take(line);
                self.next(next, run, log, ExpectCreated)
            }
            // From a known message on means with it (9.2); anything else continues nothing.
            (ExpectAnchor(run, _), Input::End { txid }) if txid == run.txid => self.begin_anew(run, log),
            (ExpectHistory(run), Input::End { txid }) if txid == run.txid => match log.end(false) {
                // What came before, and was not read, may explain it.
                Err(_) if run.spare.is_some() && log.lacks_beginning() => self.begin_anew(run, log),
                read => (State::live(read, run.spare), None),
            },
            (ExpectCreated(run), Input::End { txid }) if txid == run.txid => {
                (State::live(log.end(true), None), None)
            }
            (state, Input::Deadline) if !matches!(state, Live { .. }) => (State::Ended(Trouble::Late), None),
            (state, _) => (state, None),
        }
    }

    /// Another of the answers is there that the history waits for.
    fn answered(&mut self, run: Run, answers: Answers, log: &mut dyn Log) -> (State, Option<Ask>) {
        if self.creates.is_some() {
            return self.create_if_new(run, answers);
        }
        match answers {
            // A channel that is new is never joined to the point of history: nothing can be created.
            Answers { existence: Some(Existence::New { reason }), .. } => {
                (State::live(log.absent(reason), Some(run.txid)), None)
            }
            // To ask for the history of a channel that may not exist could create it (9.2, trap 6).
            Answers { existence: Some(Existence::Unanswered), .. } => {
                (State::Ended(Trouble::Unanswered), None)
            }
            Answers { joined: true, existence: Some(Existence::Known), recalled: true } => {
                self.ask_history(run, log)
            }
            answers => (State::ExpectAnswers(run, answers), None),
        }
    }

    fn create_if_new(&mut self, run: Run, answers: Answers) -> (State, Option<Ask>) {
        match (&answers.existence, answers.joined) {
            (None, _) | (Some(Existence::New { reason: None }), false) => {
                (State::ExpectAnswers(run, answers), None)
            }
            (Some(Existence::New { reason: None }), true) => {
                let metadata = self.creates.take().unwrap_or_default();
                let ask = Ask::Create { txid: run.txid, metadata };
                (State::ExpectCreated(run), Some(ask))
            }
            _ => (State::Ended(THERE_ALREADY), None),
        }
    }

    fn ask_history(&mut self, mut run: Run, log: &mut dyn Log) -> (State, Option<Ask>) {
        match log.begins_at().filter(|_| run.spare.is_some()) {
            Some(anchor) => {
                let ask = run.ask(Some(anchor.clone()), self.by_range);
                (State::ExpectAnchor(run, anchor), ask)
            }
            None => {
                log.begin_anew();
                run.spare = None;
                let ask = run.ask(None, self.by_range);
                (State::ExpectHistory(run), ask)
            }
        }
    }

    /// Forgets what was read and asks for all of it, under the second number.
    fn begin_anew(&mut self, run: Run, log: &mut dyn Log) -> (State, Option<Ask>) {
        let Some(txid) = run.spare else {
            return (State::Ended(Trouble::Log("it changes while it is read")), None);
        };
        log.begin_anew();
        let run = Run { txid, spare: None, continues: false, ..run };
        let ask = run.ask(None, self.by_range);
        (State::ExpectHistory(run), ask)
    }

    /// What the log makes of a line.
    fn next(
        &mut self,
        next: Next,
        run: Run,
        log: &mut dyn Log,
        on: impl FnOnce(Run) -> State,
    ) -> (State, Option<Ask>) {
        match next {
            Next::GoOn => (on(run), None),
            Next::BeginAnew => self.begin_anew(run, log),
            Next::End(trouble) => (State::Ended(trouble), None),
        }
    }

    fn restricted(&mut self, state: State, keys: &[String], log: &mut dyn Log) -> (State, Option<Ask>) {
        let here = || Answers { joined: true, existence: Some(Existence::Known), recalled: true };
        let (run, answers) = match state {
            _ if self.manner == Manner::InTurn => return (State::Ended(Trouble::Restricted), None),
            State::ExpectAnswers(run, answers) => (run, answers),
            State::ExpectAnchor(run, _) => (run, here()),
            State::ExpectHistory(run) => {
                log.begin_anew();
                (Run { spare: None, continues: false, ..run }, here())
            }
            State::ExpectCreated(_) => return (State::Ended(THERE_ALREADY), None),
            state => return (state, None),
        };
        if run.asked_in {
            return (State::Ended(Trouble::Restricted), None);
        }
        let ask = Ask::Admission { keys: keys.to_vec() };
        (State::ExpectAdmission(Run { asked_in: true, ..run }, answers), Some(ask))
    }

    fn notice(
        &mut self,
        state: State,
        txid: Option<u64>,
        (code, reason): (&str, Option<&str>),
        log: &mut dyn Log,
    ) -> (State, Option<Ask>) {
        // It answers another request.
        if txid.is_some_and(|txid| state.run().is_none_or(|run| run.txid != txid)) {
            return (state, None);
        }
        // The server no longer knows the message that the history was asked from (9.2).
        let unknown = matches!((code, reason), ("EUNKNOWN", _) | ("EDELETED", None));
        match state {
            State::ExpectAnchor(run, _) | State::ExpectHistory(run) if unknown && run.spare.is_some() => {
                log.unknown();
                self.begin_anew(run, log)
            }
            state => match log.notice(state.at(), code, reason) {
                Ok(()) => (state, None),
                Err(trouble) => (State::Ended(trouble), None),
            },
        }
    }
}

const THERE_ALREADY: Trouble = Trouble::Log("a channel that was to be created is there already");
