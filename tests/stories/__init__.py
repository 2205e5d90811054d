"""Stories of people, tablets and nodes, told over real HTTP."""
