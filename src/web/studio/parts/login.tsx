import { useEffect, useRef, useState } from "preact/hooks";
import { session } from "../data/session.ts";
import { Problem } from "./status.tsx";

/** What an HTTP header can carry. */
const TOKEN = /^[\x21-\x7e]{1,500}$/;

/** Asks for the server's access token, which stays in this tab only. */
export function Login() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState(
    session.current().token === null ? "" : "The server did not accept that token.",
  );
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="login" aria-labelledby="login-title" onCancel={(event) => event.preventDefault()}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const entered = token.trim();
          if (TOKEN.test(entered)) session.enter(entered);
          else setProblem("A token is one word of ASCII letters, digits and symbols.");
        }}
      >
        <h2 id="login-title">Sign in</h2>
        <p>
          This server requires the access token it was started with. The token is kept in this tab until you close it.
        </p>
        <Problem>{problem || null}</Problem>
        <label class="field">
          <span>Access token</span>
          <input
            type="password"
            autocomplete="current-password"
            spellcheck={false}
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary">
          Sign in
        </button>
      </form>
    </dialog>
  );
}
