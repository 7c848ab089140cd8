// Package review is where organisers read what others wrote before it is public: what a draft changes on the page, in words, with both texts side by side; asking for somebody to read it, sending it
// back with a remark; the history of a draft, any two of its revisions compared, restoring; and what was kept aside because two wrote the same.
//
// Whoever may look at the desk may read all of it. Labels are those of the pages on which the fields are filled in.
package review
