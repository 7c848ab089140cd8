// Package directory is the list of everybody who has a public page here: found by name in any script, by country, by where
// they stand, by charge, by what is lacking, by the next date; as a list and as a map of cities; and the three others whom each
// page offers beside its own person.
//
//   - It is made only of what the public may see: [List.Load] is handed projected files ([casefile.File.Public]) and reads
//     nothing else. What was kept back there can be neither found, counted nor placed here.
//   - [List.Load] derives everything once, when a case has changed; a request only chooses, sorts and prints.
//   - Fame has no say. Whom a page offers follows from what is lacking and what is urgent, [Weight], drawn anew each day
//     ([List.Others]); no count of signatures, visits or mentions comes into this package.
//   - What a reader looks for is kept nowhere: a page that was searched for is rendered for whoever asked, and forgotten.
//
// It has no tables and writes nothing.
package directory
