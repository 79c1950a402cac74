"""Agents and environments: how well does who predicts by short descriptions act?"""
