"""
Plans: from the register to an instance for the planner, with what people set, and from its answer
to what people read.
"""
