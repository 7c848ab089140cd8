// Package sheet lays out blocks of text on one sheet of paper or one screen card, and draws the same outlines into PDF, PNG and SVG.
//
// Text is shaped once (joins, ligatures, both directions of writing), broken into lines, and becomes outlines: it looks the same everywhere and needs no font
// where it is opened. The price is that it can't be selected, searched or read aloud: whoever makes a sheet gives its words as well ([Sheet.Alt]), which go
// into the file's description and belong beside it wherever it is shown.
//
// A text fits or is refused: [Setter.Set] sets it smaller step by step, down to a least size; a letter without a face is an error that names it. Nothing is
// cut off and nothing is drawn as an empty box. The same input gives the same bytes.
//
// It knows no campaign words. Every length is in points, 1/72 inch; y grows downwards from the upper left corner.
package sheet
