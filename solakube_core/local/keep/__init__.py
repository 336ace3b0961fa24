"""The supervisor from outside: started, told what is wanted, waited for."""
