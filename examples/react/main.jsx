import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { useSession } from "./use-session.js";

function App() {
  const [credentials, setCredentials] = useState(null);
  const { session, state, error } = useSession(credentials);
  const logIn = (event) => {
    event.preventDefault();
    setCredentials({ origin: location.origin, ...Object.fromEntries(new FormData(event.target)) });
  };
  // Nobody is logged in after an error: another try makes other credentials, and so another session.
  if (!credentials || (error && !session)) {
    return (
      <form onSubmit={logIn}>
        {error && <p id="problem" role="alert">{`${error.message} (${error.code})`}</p>}
        <label>Name <input name="username" required /></label>
        <label>Password <input name="password" type="password" required /></label>
        <button>Log in</button>
      </form>
    );
  }
  return (
    <>
      <button onClick={() => setCredentials(null)}>Log out</button>
      <p id="verdict" role="status">{error ? `${error.message} (${error.code})` : state.drive ? `${state.drive.pinCount} pins, the drive is ${state.drive.kind}` : "opening"}</p>
      <p id="safe">{state.safeToClose ? "everything is stored" : "do not close this page yet"}</p>
    </>
  );
}

createRoot(document.getElementById("root")).render(<StrictMode><App /></StrictMode>);
