import { useEffect, useRef, useState } from "preact/hooks";
import { session } from "../data/session.ts";
import { Problem } from "./signs.tsx";

/** What a header can carry. */
const TOKEN = /^[\x21-\x7e]{1,500}$/;

/** Asks for the server's token. It stays in this tab only. */
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
          else setProblem("A token contains letters, digits and punctuation, but no spaces.");
        }}
      >
        <h2 id="login-title">This studio is locked</h2>
        <p>Enter the token it was started with. It is kept in this tab and forgotten when you close it.</p>
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
          Open the studio
        </button>
      </form>
    </dialog>
  );
}
