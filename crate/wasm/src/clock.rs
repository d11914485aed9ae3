//! The clock of a session: the host's `Date` and `setTimeout`, or one that the caller gives, which a test moves by hand.

use std::cell::RefCell;

use gloo_timers::callback::Timeout;
use js_sys::{Function, Reflect};
use pinfold_core::ports::{UnixMillis, whole_millis};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// The host's time.
pub(crate) fn host_now() -> UnixMillis {
    millis(js_sys::Date::now())
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates; dates are positive and small"
)]
fn millis(value: f64) -> UnixMillis {
    UnixMillis(value as u64)
}

/// What tells the time, and rings.
pub(crate) struct Clock(Option<Given>);

/// The three functions of a clock that the caller gave.
struct Given {
    now: Function,
    set_timeout: Function,
    clear_timeout: Function,
    clock: JsValue,
}

impl Clock {
    /// That of the options, or the host's.
    pub(crate) fn of(options: &JsValue) -> Self {
        let given = || {
            let clock = Reflect::get(options, &"clock".into()).ok().filter(JsValue::is_object)?;
            let function = |name: &str| Reflect::get(&clock, &name.into()).ok()?.dyn_into::<Function>().ok();
            let [now, set_timeout, clear_timeout] = ["now", "setTimeout", "clearTimeout"].map(function);
            Some(Given { now: now?, set_timeout: set_timeout?, clear_timeout: clear_timeout?, clock })
        };
        Self(given())
    }

    /// A clock that throws, or gives no number, does not count: the host's does.
    pub(crate) fn now(&self) -> UnixMillis {
        let told = self.0.as_ref().and_then(|given| given.now.call0(&given.clock).ok()?.as_f64());
        told.filter(|told| *told >= 0.0).map_or_else(host_now, millis)
    }

    fn after(&self, wait: u32, ring: impl FnOnce() + 'static) -> Timer {
        let Some(given) = &self.0 else { return Timer::Host(Timeout::new(wait, ring)) };
        let ring = Closure::once(ring);
        let id = given.set_timeout.call2(&given.clock, ring.as_ref(), &wait.into());
        Timer::Given {
            clock: given.clock.clone(),
            clear: given.clear_timeout.clone(),
            id: id.unwrap_or_default(),
            ring,
        }
    }
}

/// One that is set. Dropping it takes it back.
enum Timer {
    Host(Timeout),
    Given { clock: JsValue, clear: Function, id: JsValue, ring: Closure<dyn FnMut()> },
}

/// At most one pending timer.
#[derive(Default)]
pub(crate) struct Alarm(RefCell<Option<(UnixMillis, Timer)>>);

impl Alarm {
    /// Rings at `deadline`, once; replaces an alarm for another time.
    pub(crate) fn set(&self, clock: &Clock, deadline: Option<UnixMillis>, ring: impl FnOnce() + 'static) {
        if deadline.is_some() && self.0.borrow().as_ref().map(|(at, _)| *at) == deadline {
            return;
        }
        self.stop();
        let Some(deadline) = deadline else { return };
        // A day at most: timers hold 31 bits of milliseconds, and ringing early does no harm.
        let wait = whole_millis(deadline - clock.now()).min(86_400_000);
        let timer = clock.after(u32::try_from(wait).unwrap_or(u32::MAX).max(1), ring);
        *self.0.borrow_mut() = Some((deadline, timer));
    }

    /// Takes it back. Nothing is borrowed while a clock of the caller's hears of it.
    fn stop(&self) {
        match self.0.take() {
            Some((_, Timer::Given { clock, clear, id, ring })) => {
                let _ = clear.call1(&clock, &id);
                drop(ring);
            }
            Some((_, Timer::Host(timer))) => drop(timer),
            None => {}
        }
    }

    /// The alarm has rung.
    pub(crate) fn rang(&self) {
        // It is running right now: nothing to cancel.
        match self.0.take() {
            Some((_, Timer::Host(timer))) => drop(timer.forget()),
            Some((_, Timer::Given { ring, .. })) => ring.forget(),
            None => {}
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.stop();
    }
}
