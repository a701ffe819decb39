"""Comments waiting to be printed, taken out by the place they belong to."""

from __future__ import annotations

import re

from rewardlang.diagnostics.source import Source
from rewardlang.syntax.ast import Comment

_NEXT_LINE_BLANK = re.compile(r"[^\n]*\n[ \t\r\f]*\n")


class CommentPool:
    """The comments of one file in order of place; each is handed out once."""

    def __init__(self, source: Source, comments: tuple[Comment, ...]) -> None:
        self.source = source
        self._waiting = sorted(comments, key=lambda comment: comment.span.start)

    def between(self, start: int, end: int) -> list[Comment]:
        """Takes every comment that begins in `start` .. `end`."""
        if not self._waiting:
            return []
        taken = [c for c in self._waiting if start <= c.span.start < end]
        if taken:
            self._waiting = [c for c in self._waiting if not start <= c.span.start < end]
        return taken

    def trailing(self, end: int, until: int) -> Comment | None:
        """Takes the comment that stands behind code on the line of `end`, if before `until`."""
        for comment in self._waiting:
            if comment.span.start >= end:
                gap = self.source.text[end : comment.span.start]
                if comment.own_line or "\n" in gap or comment.span.start >= until:
                    return None
                self._waiting.remove(comment)
                return comment
        return None

    def header(self) -> list[Comment]:
        """Takes the comments that stand before everything else in the file."""
        text, place = self.source.text, 0
        taken = []
        for comment in self._waiting:
            if text[place : comment.span.start].strip(" \t\r\n\f\ufeff"):
                break
            taken.append(comment)
            place = comment.span.end
        self._waiting = self._waiting[len(taken) :]
        return taken

    def blank_after(self, end: int) -> bool:
        """Whether the person left the line after the one that holds `end` empty."""
        return _NEXT_LINE_BLANK.match(self.source.text, end) is not None
