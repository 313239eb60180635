"""What the doctor looks at: the program, the machine, the data folder, the backups, the database."""
