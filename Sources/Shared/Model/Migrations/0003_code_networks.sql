-- From where a code of a text message was asked for: guesses from there are counted apart from those of others, who can
-- then not use up the code of its owner.
alter table one_time_codes add column network text;
