//! The clock of a session, an object of the options. The library gives the host's, a test one that it moves by hand.

use std::cell::RefCell;

use js_sys::Reflect;
use pinfold_core::ports::{UnixMillis, whole_millis};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
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

#[wasm_bindgen]
extern "C" {
    /// What tells the time, and rings: `Clock` of www/lib/clock.ts, whose functions never throw.
    pub(crate) type Clock;
    #[wasm_bindgen(method, structural, js_name = now)]
    fn told(this: &Clock) -> f64;
    #[wasm_bindgen(method, structural, js_name = setTimeout)]
    fn set_timeout(this: &Clock, ring: &JsValue, ms: f64) -> JsValue;
    #[wasm_bindgen(method, structural, js_name = clearTimeout)]
    fn clear_timeout(this: &Clock, timer: &JsValue);
}

impl Clock {
    pub(crate) fn of(options: &JsValue) -> Self {
        Reflect::get(options, &"clock".into()).unwrap_or_default().unchecked_into()
    }

    pub(crate) fn now(&self) -> UnixMillis {
        millis(self.told())
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
        let timer = clock.set_timeout(ring.as_ref(), wait as f64);
        *self.0.borrow_mut() = Some(Pending { at, timer, ring });
    }

    /// Takes it back. Nothing is borrowed while a clock of the caller's hears of it.
    pub(crate) fn stop(&self, clock: &Clock) {
        let pending = self.0.take();
        if let Some(pending) = pending {
            clock.clear_timeout(&pending.timer);
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
