"""Who is whose kin: nobody decides for their own family, and hours may be given within it."""
