"""How orders leave the house: one YAML file per custodian's upload layout, the counterpart of the profiles that read."""
