package app

import (
	"outcry/internal/outlet/desk"
	"outcry/internal/outlet/desk/tongues"
)

// deskTongues hangs in the translation desk, and the pages of who translates by a private link.
func (a *App) deskTongues(d *desk.Desk) {
	tongues.Hang(d, tongues.Config{Drafts: a.Drafts, Applied: a.appliedDocument, Stops: a.Cases.Stops, Now: a.Now})
}
