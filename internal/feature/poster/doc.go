// Package poster makes the sheets with which a letter goes on without a screen, and the cards that stand for it on one: a poster to print, a square, a story, the
// card of a link that is shared. On each stand who it is about, since when and where the person is held, what is asked and of whom, who says so and when it was
// checked, and where the letter can be read.
//
// It shows what [casefile.File.Public] lets the public see, and concludes nothing of its own. What nobody can derive from the events is not on it; what only an
// interested party says is marked so; speculation, numbers of signatures and prices over a person have no place here.
package poster
