"""From the text of a search to SQL, and from a view to the rows on screen."""
