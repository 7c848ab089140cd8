// Package desk is the organisers' shell: signing in, joining, the people of a committee, their sessions and ways to sign in, what waits for a second person, what was
// decided, and the trail. Features hang their own pages of the desk into it.
//
// [Desk.Require] is the only way to hang a page in. It opens the session, holds role, fresh proof and committee against the act, and writes in the trail what was read
// or refused. What a page does it does by a verb of organiser.Book, which holds the same again in the transaction in which it writes the trail. The few pages that
// are there for who has no session yet are doors, and stand in one list.
//
// What a page decides it hands to [Desk.Do], as a deed with all that it needs; who carries out such deeds has said so by [Desk.Carries]. [Desk.Run] carries out what a crash
// cut off. [Desk.Today] and [Desk.Start] fill the first page, [Desk.Menu] and [Desk.Shelf] the menu.
//
// There is one cookie here, under /desk and nowhere else, and it goes with the browser's session. Every page works without JavaScript, but for what asks a passkey.
package desk
