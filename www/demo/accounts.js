// Which account the form is about: one that the server offers, one that was made here, or a new one.
import { h } from "./dom.js";

const NEW = {
  label: "A new account",
  fresh: true,
  note: "From nothing: registers under a name that is free, puts a shared folder and two documents into the new drive, then does the whole job.",
};

/** `offered` are the accounts to try, of which there may be none: then any account of this instance can be used. */
export function createAccounts({ select, username, password, note, run }, offered) {
  const accounts = offered.length ? [...offered] : [{ label: "One of this instance", note: `An account of the instance behind ${location.host}.` }];
  accounts.push(NEW);
  const chosen = () => accounts[Number(select.value)];

  function choose() {
    const { username: name = "", password: word = "", note: text = "", fresh = false } = chosen();
    username.value = name;
    password.value = word;
    note.textContent = text;
    username.placeholder = fresh ? "any name that is free" : "";
    password.placeholder = fresh ? "at least 8 characters" : "";
    if (fresh) password.setAttribute("minlength", "8");
    else password.removeAttribute("minlength");
    run.textContent = fresh ? "Register and run" : "Run";
  }

  function list(index) {
    select.replaceChildren(...accounts.map(({ label }, at) => h("option", { value: String(at) }, label)));
    select.value = String(index);
    choose();
  }

  select.addEventListener("change", choose);
  list(0);
  return {
    /** Whether the account of the form does not exist yet. */
    fresh: () => chosen()?.fresh === true,
    /** The name under which a link may tell of it: one that the server offers, or a new one; null for what somebody typed. */
    linked: () => (chosen()?.fresh ? "new" : offered.some((one) => one.username === username.value && one.password === password.value) ? username.value : null),
    /** Chooses what a link names, if there is such a one. */
    choose(name) {
      const at = accounts.findIndex((one) => (name === "new" ? one.fresh : one.username === name));
      if (at >= 0) list(at);
    },
    /** The form's account was registered: from now on it is one to log in to. */
    made({ username: name, password: word }) {
      accounts.splice(-1, 0, { label: `${name}, made here`, username: name, password: word, note: "Registered from this page a moment ago. Run again: the same account, now by its name and password." });
      list(accounts.length - 2);
    },
  };
}
