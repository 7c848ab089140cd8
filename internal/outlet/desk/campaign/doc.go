// Package campaign is the way from nothing to a published letter, and what is done with it from then on: three questions that make a draft with a sample letter, a
// checklist that stays until all is done, texts, the ground on which the page rests, the preview, a signature to try, publishing with ten minutes' undo, taking back, mail
// proven, what to print and to send.
//
// Everything but mail is a draft (core/draft) until it is published; publishing is an errand that the app carries out. A step can be left and found again: what is done is
// read from the draft, never noted. Only that somebody has looked at the preview or tried a signature is kept, in memory, for as long as the program runs: nothing that is
// tried leaves a trace.
//
// The preview is the real page of the draft. It answers in a frame of the desk alone, without scripts and with forms that go nowhere.
package campaign
