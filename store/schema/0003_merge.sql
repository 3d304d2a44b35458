-- Tickets that are merged and split. merged_into is the ticket that a ticket's reports were moved to, and that all that
-- led to it leads to since; that one is never merged itself. split_from is the ticket that its reports were moved from.
-- Tickets tied by either are of one family, named by one of them: what a party was told on one of them counts on all.
ALTER TABLE ticket ADD COLUMN merged_into INTEGER REFERENCES ticket (id) CHECK (merged_into IS NULL OR state = 'closed' AND merged_into <> id);
ALTER TABLE ticket ADD COLUMN split_from INTEGER REFERENCES ticket (id);
ALTER TABLE ticket ADD COLUMN family INTEGER REFERENCES ticket (id) CHECK (family IS NOT NULL OR merged_into IS NULL AND split_from IS NULL);
CREATE INDEX ticket_family ON ticket (family) WHERE family IS NOT NULL;

-- The ticket that a report came to, where a merge has moved it since: what its requester answers to an address of that
-- ticket was said of the reports that came to it.
ALTER TABLE report ADD COLUMN came_to INTEGER REFERENCES ticket (id);

-- The one report that a consent speaks of, where it was said before a merge brought others of its party to the ticket.
ALTER TABLE consent ADD COLUMN report INTEGER REFERENCES report (id);

-- The number that a recipient knows its ticket by, empty for the ticket's own.
ALTER TABLE recipient ADD COLUMN number TEXT NOT NULL DEFAULT '';
