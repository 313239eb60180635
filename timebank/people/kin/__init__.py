"""A member's family as the desk records it: kept in `access`, which decides by it; told here, with names."""
