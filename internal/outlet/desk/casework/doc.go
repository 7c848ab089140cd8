// Package casework is where organisers write what is told of a person: a box for something that happened, and an editor for each other part of the model.
//
// The editor is made from the types of casefile: put writes a value into the values of a form, take reads it back, plan lays out the fields with their labels.
// Nothing of the model is named twice, so that a field which is new there is on the page as soon as the catalogue has its label.
//
// What is saved goes into the draft, whether it keeps the rules or not; what can't be read at all is refused at its field, and all that was typed comes back.
// Beside each form stands what would follow from it: where the person stands before and after, with the events that this follows from. Nothing else is concluded.
package casework
