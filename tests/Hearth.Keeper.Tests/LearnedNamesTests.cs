using System.Net;
using Hearth.Keeper.Parts.Network;
using Hearth.Network;

namespace Hearth.Keeper.Tests;

/// <summary>What a later policy opens of the names that a container has resolved.</summary>
public sealed class LearnedNamesTests
{
    private readonly LearnedNames names = new(TimeProvider.System);

    [Fact]
    public void A_name_that_is_asked_for_again_and_again_drives_no_other_out()
    {
        names.Add("a.example.org", [IPAddress.Parse("192.0.2.1")], TimeSpan.FromMinutes(1));
        for (int round = 0; round < 5000; round++)
        {
            names.Add("b.example.org", [IPAddress.Parse($"198.51.100.{round % 250}")], TimeSpan.FromMinutes(1));
        }

        Assert.Equal(["192.0.2.1"], Opened("a.example.org"));
        Assert.Equal(64, Opened("b.example.org").Length);
        Assert.Equal(65, Opened("*.example.org").Length);
        Assert.Empty(Opened("example.net"));
    }

    [Fact]
    public void Addresses_of_earlier_answers_stay_beside_those_of_the_last_one()
    {
        names.Add("a.example.org", [IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2")], TimeSpan.FromMinutes(1));
        names.Add("a.example.org", [IPAddress.Parse("192.0.2.2"), IPAddress.Parse("2001:db8::1")], TimeSpan.FromHours(5));
        Assert.Equal(["192.0.2.1", "192.0.2.2", "2001:db8::1"], Opened("a.example.org"));
        Assert.Equal([TimeSpan.FromHours(1), TimeSpan.FromHours(5)], names.AdmittedBy(EgressPolicy.Parse(false, ["a.example.org"], [])).Select(admission => admission.Lifetime).Order());
        Assert.Empty(names.AdmittedBy(EgressPolicy.Parse(true, [], ["a.example.org"])));
        Assert.All(names.AdmittedBy(EgressPolicy.Parse(true, [], ["a.example.org:80"])), admission => Assert.Equal((0, "a.example.org:80"), (admission.Entries.Count, Assert.Single(admission.Denied).Text)));
    }

    [Fact]
    public void The_names_that_were_asked_for_first_go_first()
    {
        for (int number = 0; number < 2000; number++)
        {
            names.Add($"n{number}.example.org", [IPAddress.Parse("192.0.2.1")], TimeSpan.FromMinutes(1));
        }

        Assert.Empty(Opened("n0.example.org"));
        Assert.Single(Opened("n1999.example.org"));
        for (int number = 0; number < 100; number++)
        {
            names.Add($"m{number}.example.org", [.. Enumerable.Range(0, 64).Select(last => IPAddress.Parse($"198.51.{number}.{last}"))], TimeSpan.FromMinutes(1));
        }

        Assert.Equal(4096, Opened("*.example.org").Length);
    }

    private string[] Opened(string entry) =>
        [.. names.AdmittedBy(EgressPolicy.Parse(false, [entry], [])).SelectMany(admission => admission.Addresses).Select(address => $"{address}").Order(StringComparer.Ordinal)];
}
