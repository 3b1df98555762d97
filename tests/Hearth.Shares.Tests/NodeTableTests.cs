using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Shares.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares.Tests;

/// <summary>The table closes a descriptor at the worst moment: here between two steps of a request.</summary>
public sealed class NodeTableTests : IDisposable
{
    private readonly SharedTree tree = new();
    private readonly SafeFileHandle root;
    private readonly NodeTable nodes;

    public NodeTableTests()
    {
        Assert.Equal(Errno.None, HeldNodes.TryHoldPath(tree.Source, out root));
        Assert.Equal(Errno.None, HeldNodes.TryInspect(root, "\0"u8, out NodeStatus status));
        nodes = new NodeTable(root, status, new ShareOptions { Source = tree.Source, MaxHeldNodes = 1 });
    }

    public void Dispose()
    {
        nodes.Dispose();
        root.Dispose();
        tree.Dispose();
    }

    [Fact]
    public void The_start_of_a_way_stays_open_when_the_table_closes_it()
    {
        Node directory = Add(nodes.Root, root, "d");
        Node file = Add(nodes.Root, root, "file");
        nodes.Install(directory, Held("d")).Dispose();
        List<(Node, byte[])>? way = nodes.WayTo(directory, out NodeHold start);
        using (start)
        {
            nodes.Install(file, Held("file")).Dispose();
            Assert.Equal([], way);
            Assert.False(nodes.TryHold(directory, out _));
            Assert.Equal(Errno.None, HeldNodes.TryInspect(start.Descriptor, "\0"u8, out _));
        }
    }

    /// <summary>What is open has to be known by something other than its name: that may go.</summary>
    [Fact]
    public void An_open_file_has_a_descriptor_though_the_table_closed_it_while_it_was_opened()
    {
        Node file = Add(nodes.Root, root, "file");
        using SafeFileHandle held = Held("file");
        Assert.Equal(Errno.None, HeldNodes.TryOpen(held, OpenFlags.None, out SafeFileHandle open));
        nodes.Install(file, Held("file")).Dispose();
        nodes.Install(Add(nodes.Root, root, "d"), Held("d")).Dispose();
        Assert.False(nodes.TryHold(file, out _));
        using var handles = new HandleTable(nodes, maxHandles: 1);
        Assert.True(handles.TryReserve());
        handles.Add(file, open);
        File.Delete(Path.Combine(tree.Source, "file"));
        Assert.True(nodes.TryHold(file, out NodeHold hold));
        hold.Dispose();
    }

    private Node Add(Node parent, SafeFileHandle directory, string name)
    {
        Assert.Equal(Errno.None, HeldNodes.TryInspect(directory, ShareClient.Name(name), out NodeStatus status));
        Assert.Equal(Errno.None, nodes.TryAdd(parent, System.Text.Encoding.UTF8.GetBytes(name), status, out Node node));
        return node;
    }

    private SafeFileHandle Held(string name)
    {
        Assert.Equal(Errno.None, HeldNodes.TryHold(root, ShareClient.Name(name), mayCrossMounts: true, out SafeFileHandle held));
        return held;
    }
}
