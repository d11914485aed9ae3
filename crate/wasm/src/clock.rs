//! The clock of a session: three functions of the options. The library gives the host's, a test one that it moves by hand.

use std::cell::RefCell;

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
pub(crate) struct Clock(JsValue);

impl Clock {
    pub(crate) fn of(options: &JsValue) -> Self {
        Self(Reflect::get(options, &"clock".into()).unwrap_or_default())
    }

    /// What `name` of the clock returns. Nothing where there is no such function, or it throws.
    fn call(&self, name: &str, [one, two]: [&JsValue; 2]) -> JsValue {
        let function = Reflect::get(&self.0, &name.into()).ok().and_then(|it| it.dyn_into::<Function>().ok());
        function.and_then(|function| function.call2(&self.0, one, two).ok()).unwrap_or_default()
    }

    /// A clock that throws, or gives no number, does not count: the host's does.
    pub(crate) fn now(&self) -> UnixMillis {
        self.call("now", [&JsValue::UNDEFINED; 2]).as_f64().map_or_else(host_now, millis)
    }
}

/// A timer that is set.
struct Pending {
    at: UnixMillis,
    /// What the clock calls it.
    timer: JsValue,
    ring: Closure<dyn FnMut()>,
}

/// At most one pending timer.
#[derive(Default)]
pub(crate) struct Alarm(RefCell<Option<Pending>>);

impl Alarm {
    /// Rings at `deadline`, once; replaces an alarm for another time.
    pub(crate) fn set(&self, clock: &Clock, deadline: Option<UnixMillis>, ring: impl FnOnce() + 'static) {
        if deadline.is_some() && self.0.borrow().as_ref().map(|pending| pending.at) == deadline {
            return;
        }
        self.stop(clock);
        let Some(at) = deadline else { return };
        // A day at most: timers hold 31 bits of milliseconds, and ringing early does no harm.
        let wait = whole_millis(at - clock.now()).clamp(1, 86_400_000);
        let ring = Closure::once(ring);
        let timer = clock.call("setTimeout", [ring.as_ref(), &JsValue::from(wait as f64)]);
        *self.0.borrow_mut() = Some(Pending { at, timer, ring });
    }

    /// Takes it back. Nothing is borrowed while a clock of the caller's hears of it.
    pub(crate) fn stop(&self, clock: &Clock) {
        let pending = self.0.take();
        if let Some(pending) = pending {
            clock.call("clearTimeout", [&pending.timer, &JsValue::UNDEFINED]);
        }
    }

    /// The alarm has rung.
    pub(crate) fn rang(&self) {
        // It is running right now, and frees itself: nothing to cancel.
        if let Some(pending) = self.0.take() {
            pending.ring.forget();
        }
    }
}
