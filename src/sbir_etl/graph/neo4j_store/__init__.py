"""How one graph in a Neo4j server is changed in place, in small steps, beside what others keep there."""
