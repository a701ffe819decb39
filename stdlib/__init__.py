"""The language's own library, in the language: `use shaping: tolerance`."""
