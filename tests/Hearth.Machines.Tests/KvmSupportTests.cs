namespace Hearth.Machines.Tests;

public sealed class KvmSupportTests
{
    [Theory]
    [InlineData("flags\t\t: fpu vme svm sse", true)]
    [InlineData("flags\t\t: fpu vmx", true)]
    [InlineData("flags\t\t: fpu vme svmx sse", false)]
    [InlineData("model name\t: vmx svm", false)]
    public void The_processors_own_virtualisation_is_a_flag_among_its_flags(string line, bool expected) =>
        Assert.Equal(expected, KvmSupport.HasVirtualisation(["processor\t: 0", line]));

    [Fact]
    public void What_was_found_is_told_and_what_is_usable_opens()
    {
        KvmSupport found = KvmSupport.Inspect();

        Assert.NotEmpty(found.Finding);
        Assert.True(found.Opens || !found.IsUsable);
    }
}
