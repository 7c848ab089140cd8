package site

import "strings"

// paragraphs are a plain mail's.
func paragraphs(text string) []string { return strings.Split(strings.TrimSpace(text), "\n\n") }

// isLink tells a paragraph that is nothing but an address of ours.
func isLink(paragraph string) bool {
	return (strings.HasPrefix(paragraph, "https://") || strings.HasPrefix(paragraph, "http://")) && !strings.ContainsAny(paragraph, " \n")
}
