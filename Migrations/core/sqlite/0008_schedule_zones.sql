-- The zone whose clocks a cron line means, such as Europe/Berlin; NULL for the host's own.
ALTER TABLE job_schedules ADD COLUMN zone TEXT;
