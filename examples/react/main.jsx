import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { useSession } from "./use-session.js";

function App() {
  const [credentials, setCredentials] = useState(null);
  const { session, state, error } = useSession(credentials);
  const logIn = (event) => {
    event.preventDefault();
    const { username, password } = Object.fromEntries(new FormData(event.target));
    event.target.elements.password.value = ""; // the password stays in no field
    setCredentials({ origin: location.origin, username, password });
  };
  if (session) {
    return (
      <>
        <button onClick={() => setCredentials(null)}>Log out</button>
        <p id="verdict" role="status">{state.drive ? `${state.drive.pinCount} pins, the drive is ${state.drive.kind}` : "opening"}</p>
        <p id="safe">{state.safeToClose ? "everything is stored" : "do not close this page yet"}</p>
      </>
    );
  }
  // Nobody is logged in: the form is there, also after an error, to try again.
  const opening = credentials !== null && error === null;
  return (
    <>
      <form method="post" onSubmit={logIn}>
        <label>Name <input name="username" autoComplete="username" required /></label>
        <label>Password <input name="password" type="password" autoComplete="current-password" required /></label>
        <button disabled={opening}>Log in</button>
      </form>
      <p role="status">{opening ? "opening" : ""}</p>
      {error && <p role="alert">{error.code ? `${error.message} (${error.code})` : String(error)}</p>}
    </>
  );
}

createRoot(document.getElementById("root")).render(<StrictMode><App /></StrictMode>);
